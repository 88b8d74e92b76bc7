import { Secret } from '@rekey/secret'
import { replaceScrypt } from '@rekey/testbed/recall-scrypt'
import jsQR from 'jsqr'
import { beforeAll, expect, it } from 'vitest'
import { newRoot } from '../../test/ca.support.ts'
import {
  checkShare,
  createEscrow,
  renderSharePdf,
  type CustodianShare,
  parseEscrowSet,
} from '../internal.ts'
import { spkiDigest } from './escrow-set.ts'

replaceScrypt()

const HOLDERS = ['<b>Zoë</b> & "Sons"', 'Bob', 'Carol']
const MODULE_PIXELS = 4
/** Its types are those of its ES module, which it does not have. */
const readCode = jsQR as unknown as typeof jsQR.default

let shares: readonly CustodianShare[]
let escrow: string
const sheetOf = (share: CustodianShare) => renderSharePdf(share, parseEscrowSet(escrow)).expose()
beforeAll(async () => {
  const { directory, passphrase: value } = await newRoot()
  const passphrase = { value, origin: { kind: 'memory' } } as const
  const deliver = (delivered: readonly CustodianShare[], text: string) => {
    shares = delivered
    escrow = text
    return Promise.resolve()
  }
  await createEscrow({ directory, passphrase, threshold: 2, holders: HOLDERS, deliver })
})

/** Paints the squares of the drawing in a page, as a printer would: a module of the code is {@link MODULE_PIXELS} wide. */
function painted(page: string) {
  const drawn = Array.from(page.matchAll(/^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re$/gm), (found) =>
    found.slice(1).map(Number),
  )
  const [lefts, tops] = [0, 1].map((axis) => drawn.map((one) => one[axis] ?? 0))
  const module = drawn[0]?.[3] ?? 0
  const [left, bottom] = [Math.min(...(lefts ?? [])), Math.min(...(tops ?? []))]
  const squares = (points: number) => Math.round(points / module) * MODULE_PIXELS
  const border = 4 * MODULE_PIXELS
  const side = squares(Math.max(...(tops ?? [])) - bottom) + MODULE_PIXELS + 2 * border
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  const paint = (x: number, y: number, width: number, height: number) => {
    for (let row = y; row < y + height; row += 1) {
      for (let at = x; at < x + width; at += 1)
        pixels.fill(0, (row * side + at) * 4, (row * side + at) * 4 + 3)
    }
  }
  for (const [x = 0, y = 0, width = 0] of drawn) {
    const row = side - border - MODULE_PIXELS - squares(y - bottom)
    paint(border + squares(x - left), row, squares(width), MODULE_PIXELS)
  }
  const scan = () => readCode(pixels, side, side)?.data
  return { side, paint, scan }
}

/** The lines of text of a page. */
const textIn = (page: string) =>
  Array.from(page.matchAll(/<([\da-f]+)> Tj/g), ([, hex = '']) =>
    Buffer.from(hex, 'hex').toString('latin1'),
  )

it('has a code that another reader scans as the share, which its custodian checks alone', () => {
  for (const share of shares) {
    const scanned = painted(sheetOf(share)).scan()
    expect(scanned).toBe(share.text.expose())
    const text = Secret.of(scanned ?? '', 'share')
    const check = checkShare({ escrow, share: { name: 'scanned', text } })
    expect(check).toMatchObject({ holder: share.holder, index: share.index, threshold: 2 })
  }
})

it('K30 scans under a stain, and is typed from its lines where the code is torn off', () => {
  const [share] = shares
  const page = sheetOf(share ?? expect.fail('there are three shares'))
  const stained = painted(page)
  const spot = Math.floor(stained.side / 6)
  stained.paint(Math.floor(stained.side / 2), Math.floor(stained.side / 2), spot, spot)
  expect(stained.scan()).toBe(share?.text.expose())
  const torn = painted(page)
  torn.paint(0, 0, torn.side, Math.floor(torn.side / 2))
  expect(torn.scan()).toBeUndefined()
  const lines = textIn(page).filter((line) => /^\d+\. +rk1/.test(line))
  expect(lines.map((line) => line.replace(/^\d+\. +/, '')).join('\n')).toBe(share?.text.expose())
})

it('has the name of its custodian', () => {
  const [page = ''] = shares.map(sheetOf)
  expect(textIn(page)).toContain('Share 1 of 3, for <b>Zoë</b> & "Sons"')
})

it('shows no share of another custodian', () => {
  const [page = '', ...others] = shares.map(sheetOf)
  expect(others).toHaveLength(2)
  for (const { text } of shares.slice(1)) {
    for (const line of text.expose().split('\n')) expect(textIn(page).join()).not.toContain(line)
  }
})

/** The lines of text of a page, from its top, and the black rectangles of its code; all in points. */
function placesIn(page: string) {
  const numbers = (found: RegExpExecArray) => found.slice(1).map(Number)
  const texts = Array.from(page.matchAll(/^BT \/F (\S+) Tf (\S+) (\S+) Td/gm), numbers)
  const code = Array.from(page.matchAll(/^(\S+) (\S+) (\S+) (\S+) re$/gm), numbers)
  return {
    texts: texts.map(([size = NaN, x = NaN, y = NaN]) => ({ size, x, y })),
    code: code.map(([x = NaN, y = NaN, width = NaN, height = NaN]) => ({ x, y, width, height })),
  }
}

it('has its lines and its code below each other, all of them on the page', () => {
  for (const share of shares) {
    const page = sheetOf(share)
    const { texts, code } = placesIn(page)
    const first = textIn(page).findIndex((line) => line.startsWith('1.'))
    const [above, below] = [texts.slice(0, first), texts.slice(first)]
    for (const half of [above, below]) {
      for (const [at, { y, size }] of half.entries()) {
        const before = half[at - 1]
        if (before !== undefined) expect(before.y - y).toBeCloseTo(size * 1.5)
      }
    }
    const [top, bottom] = [above.at(-1)?.y ?? NaN, below[0] ?? expect.fail('there are lines')]
    for (const { y, height } of code) {
      expect(y + height).toBeLessThan(top)
      expect(y).toBeGreaterThan(bottom.y + bottom.size)
    }
    expect(texts[0]?.y).toBeLessThan(800)
    expect(texts.at(-1)?.y).toBeGreaterThan(40)
    for (const { x } of texts) expect(x).toBe(57)
  }
})

it('has a black code on white, with a margin of four modules, a rectangle for each run of a row', () => {
  for (const share of shares) {
    const { code } = placesIn(sheetOf(share))
    const [{ height: module } = { height: NaN }] = code
    expect(Math.min(...code.map(({ x }) => x))).toBeCloseTo(57 + 4 * module, 1)
    expect(Math.max(...code.map(({ x, width }) => x + width))).toBeCloseTo(57 + 198 - 4 * module, 1)
    for (const [at, { x, y, width }] of code.entries()) {
      const next = code[at + 1]
      if (next?.y === y) expect(next.x - x - width).toBeGreaterThan(module / 2)
      else if (next !== undefined) expect(next.y).toBeLessThan(y)
    }
  }
})

it('tells its custodian what it is for, which set and key it is of, how to check it and how to recover', () => {
  const set = parseEscrowSet(escrow)
  const [page = ''] = shares.map(sheetOf)
  const [lines, text] = [textIn(page), textIn(page).join(' ').replaceAll(/ +/g, ' ')]
  const { id, generation } = set.authority
  for (const fact of [
    `Set ${set.set}`,
    `Made on ${set.created}`,
    `CA key generation ${generation}, ${id}`,
    `SHA-256 of its public key ${spkiDigest(set)}`,
  ]) {
    expect(lines.map((line) => line.replaceAll(/ +/g, ' '))).toContain(fact)
  }
  expect(text).toContain('2 of the 3 shares of this set together recover a CA key')
  expect(text).toContain('report at once if that is no longer so')
  expect(text).toContain('on a machine without a network: rekey ca escrow check share.txt')
  expect(text).toContain('2 custodians bring their sheets to the newest backup: rekey ca restore')
})
