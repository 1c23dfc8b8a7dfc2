import { parentPort } from "node:worker_threads"
import { diffFile, type FileDiff, type FileDiffTask } from "./file-diff"

export type DiffJob = Readonly<{ jobId: number; task: FileDiffTask }>

/** What a thread of the diff pool runs. It says when it starts, because waiting in the queue costs no time limit. */
export default function runDiffJob({ jobId, task }: DiffJob): FileDiff {
  parentPort?.postMessage({ startedJobId: jobId })
  return diffFile(task)
}
