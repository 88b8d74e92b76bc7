import { Secret } from '@rekey/secret'
import jsQR from 'jsqr'
import { beforeAll, expect, it } from 'vitest'
import { newRoot } from '../../test/ca.support.ts'
import {
  checkShare,
  createEscrow,
  renderShareSheet,
  type CustodianShare,
  parseEscrowSet,
} from '../internal.ts'

const HOLDERS = ['<b>Zoë</b> & "Sons"', 'Bob', 'Carol']
const MODULE_PIXELS = 4
/** Its types are those of its ES module, which it does not have. */
const readCode = jsQR as unknown as typeof jsQR.default

let shares: readonly CustodianShare[]
let escrow: string
const sheetOf = (share: CustodianShare) => renderShareSheet(share, parseEscrowSet(escrow)).expose()
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

/** Paints the squares of the drawing in a page, as a printer would. */
function painted(page: string) {
  const side = Number(/viewBox="0 0 (\d+)/.exec(page)?.[1]) * MODULE_PIXELS
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255)
  const paint = (x: number, y: number, width: number, height: number) => {
    for (let row = y; row < y + height; row += 1) {
      for (let at = x; at < x + width; at += 1)
        pixels.fill(0, (row * side + at) * 4, (row * side + at) * 4 + 3)
    }
  }
  for (const [, x, y, n] of page.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    const [left, top, length] = [x, y, n].map((value) => Number(value) * MODULE_PIXELS)
    paint(left ?? 0, top ?? 0, length ?? 0, MODULE_PIXELS)
  }
  const scan = () => readCode(pixels, side, side)?.data
  return { side, paint, scan }
}

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
  const lines = Array.from(page.matchAll(/<li>([^<]+)<\/li>/g), ([, line]) => line)
  expect(lines.join('\n')).toBe(share?.text.expose())
})

it('has the name of its custodian as text, and loads nothing', () => {
  const [page = ''] = shares.map(sheetOf)
  expect(page).toContain('&lt;b&gt;Zoë&lt;/b&gt; &amp;')
  expect(page).not.toMatch(/<b>|<script|<img|<link|\bsrc=|\bhref=|url\(|@import/)
  expect(page).toContain("default-src 'none'")
})

it('shows no share of another custodian', () => {
  const [page = '', ...others] = shares.map(sheetOf)
  expect(others).toHaveLength(2)
  for (const { text } of shares.slice(1)) {
    for (const line of text.expose().split('\n')) expect(page).not.toContain(line)
  }
})
