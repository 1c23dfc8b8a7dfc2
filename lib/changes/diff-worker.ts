import { parentPort } from "node:worker_threads"
import { diffConfig, type ConfigDiff, type ConfigRefusal, type ConfigTask } from "./config-diff"
import { diffFile, type FileDiff, type FileDiffTask } from "./file-diff"
import { interdiff, type Interdiff, type InterdiffTask } from "./interdiff"

export type DiffJob = Readonly<{ jobId: number; task: FileDiffTask | ConfigTask | InterdiffTask }>
export type DiffJobResult = FileDiff | ConfigDiff | ConfigRefusal | Interdiff

/** What a thread of the diff pool runs. It says when it starts, because waiting in the queue costs no time limit. */
export default function runDiffJob({ jobId, task }: DiffJob): DiffJobResult {
  parentPort?.postMessage({ startedJobId: jobId })
  if ("earlier" in task) return interdiff(task)
  return "format" in task ? diffConfig(task) : diffFile(task)
}
