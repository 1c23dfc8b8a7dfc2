import { parentPort } from "node:worker_threads"
import { diffConfig, type ConfigDiff, type ConfigRefusal, type ConfigTask } from "./config-diff"
import { diffFile, type FileDiff, type FileDiffTask } from "./file-diff"

export type DiffJob = Readonly<{ jobId: number; task: FileDiffTask | ConfigTask }>
export type DiffJobResult = FileDiff | ConfigDiff | ConfigRefusal

/** What a thread of the diff pool runs. It says when it starts, because waiting in the queue costs no time limit. */
export default function runDiffJob({ jobId, task }: DiffJob): DiffJobResult {
  parentPort?.postMessage({ startedJobId: jobId })
  return "format" in task ? diffConfig(task) : diffFile(task)
}
