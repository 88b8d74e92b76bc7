/** A line of text in Courier; all lengths are points (1/72 inch) from the lower left corner. */
export interface PrintedText {
  readonly x: number
  /** Of the baseline. */
  readonly y: number
  readonly size: number
  readonly text: string
}

/** A black rectangle. */
export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A4 (ISO 216) in points, and the width between its margins of 20 mm. */
const [PAGE_WIDTH, PAGE_HEIGHT, TEXT_WIDTH] = [595.28, 841.89, 481]
/** Of every letter of Courier, in parts of its size. */
const LETTER_WIDTH = 0.6

/** Letters from 0x80 on where `WinAnsiEncoding` (ISO 32000-1 annex D) differs from Latin-1; blanks have no letter. */
const EXTRA = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'
const QUESTION_MARK = 0x3f

/** Breaks a text at its blanks into lines that fit the page. A word that is longer than a line stays whole. */
export function wrapped(text: string, size: number): string[] {
  const most = Math.floor(TEXT_WIDTH / (size * LETTER_WIDTH))
  const lines = ['']
  for (const word of text.split(/(?<= )(?=\S)/)) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && (last + word.trimEnd()).length > most) lines.push(word)
    else lines[lines.length - 1] = last + word
  }
  return lines.map((line) => line.trimEnd())
}

/**
 * Writes a PDF (ISO 32000-1) of one page with text and rectangles, and nothing else: Courier is one of the fonts that each reader has, and
 * nothing is compressed.
 *
 * @returns the file, in ASCII
 */
export function pageOfPdf(texts: readonly PrintedText[], rectangles: readonly Rectangle[]): string {
  const drawn = rectangles.map(
    ({ x, y, width, height }) => `${[x, y, width, height].map(inPoints).join(' ')} re`,
  )
  const printed = texts.map(
    ({ x, y, size, text }) =>
      `BT /F ${size} Tf ${inPoints(x)} ${inPoints(y)} Td <${encoded(text)}> Tj ET`,
  )
  const content = [...drawn, 'f', ...printed].join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE_WIDTH} ${PAGE_HEIGHT}] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, at) => {
    const offset = file.length
    file += `${at + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>`
  return `${file}${table}${trailer}\nstartxref\n${file.length}\n%%EOF\n`
}

function encoded(text: string): string {
  return Buffer.from(Array.from(text.normalize('NFC'), codeOf)).toString('hex')
}

function codeOf(letter: string): number {
  if (/^[\x20-\x7e\xa0-\xff]$/.test(letter)) return letter.charCodeAt(0)
  const at = EXTRA.indexOf(letter)
  return at === -1 ? QUESTION_MARK : 0x80 + at
}

function inPoints(length: number): string {
  return length.toFixed(3)
}
