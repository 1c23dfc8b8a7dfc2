"use client"

import { Button } from "@/components/ui/button"

type Props = Readonly<{ text: string; fileName: string }>

/** Saves a policy as a file, exactly as it was written. */
export function DownloadButton({ text, fileName }: Props) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }))
    const link = document.createElement("a")
    link.href = url
    link.download = fileName
    link.click()
    URL.revokeObjectURL(url)
  }

  return (
    <Button look="quiet" onClick={save}>
      Download
    </Button>
  )
}
