import js from "@eslint/js"
import reactHooks from "eslint-plugin-react-hooks"
import tseslint from "typescript-eslint"

export default tseslint.config(
  {
    ignores: [
      "**/node_modules/",
      ".next/",
      "**/dist/",
      ".data/",
      ".build/",
      "prisma/generated/",
      "next-env.d.ts",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "no-else-return": "error",
      "no-nested-ternary": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    // Configuration is read once, in lib/env; programs of their own and tools read their own.
    files: ["**/*.ts", "**/*.tsx"],
    ignores: ["lib/env/**", "tests/**", "packages/*/tests/**", "examples/*/main.ts", "*.config.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "Only lib/env reads the environment." },
      ],
    },
  },
  {
    // What fails there is not an AppError: a database that is busy would look broken.
    files: ["lib/**/*.ts", "app/**/*.ts", "app/**/*.tsx"],
    ignores: ["lib/db/**", "lib/http/health.ts", "lib/notifications/notifier.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name=/^(query|connect)$/]:matches([callee.object.name='pool'], [callee.object.property.name='pool'])",
          message: "Only lib/db asks the pool: use readUnbound, writeUnbound, or a transaction.",
        },
      ],
    },
  },
  {
    // Tests look at answers member by member, as a client without our types would.
    files: ["tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        setTimeout: "readonly",
        setInterval: "readonly",
      },
    },
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
)
