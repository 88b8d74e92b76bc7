import { expect, it } from 'vitest'
import { pageOfPdf, wrapped } from './pdf-page.ts'

/** At that size a line has 80 letters: 481 points of 6 each, and one of what is left. */
const SIZE = 10
const textOf = (text: string) => ({ x: 57, y: 700.5, size: 12, text })
/** The bytes that are printed for a text. */
const printed = (text: string) => {
  const hex = /<([\da-f]*)> Tj/.exec(pageOfPdf([textOf(text)], []))?.[1] ?? expect.fail('no text')
  return Buffer.from(hex, 'hex')
}

it.each<[what: string, text: string, lines: readonly string[]]>([
  ['a text of a full line', 'a'.repeat(80), ['a'.repeat(80)]],
  [
    'words that fill a line',
    `${'a'.repeat(40)} ${'b'.repeat(39)}`,
    [`${'a'.repeat(40)} ${'b'.repeat(39)}`],
  ],
  [
    'words of one letter more',
    `${'a'.repeat(40)} ${'b'.repeat(40)}`,
    ['a'.repeat(40), 'b'.repeat(40)],
  ],
  ['a word that is longer than a line', `a ${'b'.repeat(90)} c`, ['a', 'b'.repeat(90), 'c']],
  ['blanks between words', `a    ${'b'.repeat(75)}  c`, [`a    ${'b'.repeat(75)}`, 'c']],
  ['no text', '', ['']],
])('breaks %s at blanks alone', (_, text, lines) => {
  expect(wrapped(text, SIZE)).toEqual(lines)
})

it('has fewer letters in a line where they are larger', () => {
  expect(wrapped('a a a a', 250)).toEqual(['a a', 'a a'])
  expect(wrapped('a a a a', 100)).toEqual(['a a a a'])
})

it.each([
  ['letters of ASCII', 'Ab ~', [0x41, 0x62, 0x20, 0x7e]],
  ['letters of Latin-1', '\u00a0éÿ', [0xa0, 0xe9, 0xff]],
  ['a letter in two parts', 'e\u0301', [0xe9]],
  ['the first and last letters of Windows', '€Ÿ', [0x80, 0x9f]],
  ['quotation marks and dashes', '‘’“”–—', [0x91, 0x92, 0x93, 0x94, 0x96, 0x97]],
  ['Š and ž', 'Šž', [0x8a, 0x9e]],
])('prints %s as its font has them', (_, text, bytes) => {
  expect([...printed(text)]).toEqual(bytes)
})

it.each(['张', '\u0007', '\u007f', '\u009f', 'ř'])('prints a question mark for %j', (letter) => {
  expect(printed(letter).toString()).toBe('?')
})

it('places texts and rectangles to a thousandth of a point, the rectangles filled', () => {
  const page = pageOfPdf([textOf('a')], [{ x: 1, y: 2.25, width: 3.0004, height: 1 / 3 }])
  expect(page).toContain(
    'stream\n1.000 2.250 3.000 0.333 re\nf\nBT /F 12 Tf 57.000 700.500 Td <61> Tj ET\nendstream',
  )
})

it('tells where each of its objects and its table are, to the byte', () => {
  const page = pageOfPdf([textOf('a'), textOf('b')], [])
  expect(page).toMatch(/^%PDF-1\.4\n/)
  expect(page).toMatch(/\nstartxref\n\d+\n%%EOF\n$/)
  const table = Number(/startxref\n(\d+)/.exec(page)?.[1])
  expect(page.slice(table)).toMatch(
    /^xref\n0 6\n0000000000 65535 f \n(?:\d{10} 00000 n \n){5}trailer\n<< \/Size 6 \/Root 1 0 R >>\n/,
  )
  const offsets = Array.from(page.slice(table).matchAll(/(\d{10}) 00000 n /g), ([, at]) =>
    Number(at),
  )
  const heads = offsets.map((at) => page.slice(at, page.indexOf('\n', at)))
  expect(heads).toEqual([1, 2, 3, 4, 5].map((n) => `${n} 0 obj`))
  for (const at of offsets) expect(page.slice(at)).toMatch(/^\d 0 obj\n<< [^]*?>>[^]*?\nendobj\n/)
})

it('has one page of A4 with the font that its texts name, and the length of its content', () => {
  const page = pageOfPdf([textOf('a')], [])
  const object = (n: number) => new RegExp(`\\n${n} 0 obj\\n([^]*?)\\nendobj`).exec(page)?.[1] ?? ''
  expect(object(1)).toBe('<< /Type /Catalog /Pages 2 0 R >>')
  expect(object(2)).toBe('<< /Type /Pages /Kids [3 0 R] /Count 1 >>')
  for (const part of [
    '/Type /Page ',
    '/Parent 2 0 R',
    '/MediaBox [0 0 595.28 841.89]',
    '/Contents 4 0 R',
    '/Font << /F 5 0 R >>',
  ]) {
    expect(object(3)).toContain(part)
  }
  const [, length, content = ''] =
    /^<< \/Length (\d+) >>\nstream\n([^]*)\nendstream$/.exec(object(4)) ?? []
  expect(content).toHaveLength(Number(length))
  expect(object(5)).toContain(
    '/Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding',
  )
})
