import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { PrismaPg } from "@prisma/adapter-pg"
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils"
import type { SchemaEngine } from "@prisma/schema-engine-wasm"

/**
 * Runs work on Prisma's official schema engine, as WebAssembly inside this
 * process: its native twin is a download that many machines cannot make.
 *
 * @param connectionString a role that may change the schema
 */
export async function withSchemaEngine<T>(
  connectionString: string,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const bindings = await loadBindings()
  const opened: SqlDriverAdapter[] = []
  const factory = wholeScripts(new PrismaPg({ connectionString }), opened)
  const engine = await bindings.SchemaEngine.new(
    { datamodels: undefined },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(factory),
  )
  try {
    return await work(engine)
  } finally {
    engine.free()
    // The engine forgets its connections without closing them.
    await Promise.all(opened.map((adapter) => adapter.dispose()))
  }
}

/**
 * The adapter cuts scripts at every semicolon, also inside comments and function
 * bodies, and sends the pieces one by one. Sent whole, as the native engine
 * does, a migration is one implicit transaction: it happens or it does not.
 */
function wholeScripts(
  factory: SqlMigrationAwareDriverAdapterFactory,
  opened: SqlDriverAdapter[],
): SqlMigrationAwareDriverAdapterFactory {
  const whole = (adapter: SqlDriverAdapter): SqlDriverAdapter => {
    adapter.executeScript = async (sql) => {
      await adapter.executeRaw({ sql, args: [], argTypes: [] })
    }
    return adapter
  }
  const connect = async (): Promise<SqlDriverAdapter> => {
    const adapter = whole(await factory.connect())
    opened.push(adapter)
    return adapter
  }

  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect,
    // The engine does dispose of this one, and with it of the database behind it.
    connectToShadowDb: async () => whole(await factory.connectToShadowDb()),
  }
}

type Glue = Readonly<{
  SchemaEngine: typeof SchemaEngine
  __wbg_set_wasm(exports: WebAssembly.Exports): void
}>

/** The package's glue is one for the process, however often this module is read: a second instance would take over its calls. */
const key = Symbol.for("deltaseal.schema-engine")
const holder = globalThis as typeof globalThis & { [key]?: Promise<Glue> | undefined }

function loadBindings(): Promise<Glue> {
  holder[key] ??= instantiate()
  return holder[key]
}

/** The package's own entry imports the .wasm file as a module, which Node 20 does not do. */
async function instantiate(): Promise<Glue> {
  const entry = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm")
  const bytes = await readFile(entry.replace(/schema_engine\.js$/, "schema_engine_bg.wasm"))
  const glue = (await import("@prisma/schema-engine-wasm/schema_engine_bg")) as unknown as Glue

  const { instance } = await WebAssembly.instantiate(bytes, { "./schema_engine_bg.js": importsFrom(glue) })
  glue.__wbg_set_wasm(instance.exports)
  const begin = instance.exports["__wbindgen_start"] as () => void
  begin()
  return glue
}

/** The engine never clears the ten-second timer on its lock; unreferenced, it does not hold the process back. */
function importsFrom(glue: Glue): WebAssembly.ModuleImports {
  const entries = Object.entries(glue as unknown as WebAssembly.ModuleImports)
  const timer = (work: () => void, milliseconds: number) => setTimeout(work, milliseconds).unref()

  return Object.fromEntries(
    entries.map(([name, value]) => [name, name.startsWith("__wbg_setTimeout_") ? timer : value]),
  )
}
