/** The pattern of output that a page shows: `…` stands for any text, also for none, and blanks for blanks. */
export function printedText(shown: string): RegExp {
  const pattern = shown
    .trim()
    .split(/\s*…\s*/)
    .map((part) =>
      part.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`).replaceAll(/\s+/g, String.raw`\s+`),
    )
    .join('[^]*?')
  return new RegExp(pattern)
}
