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
