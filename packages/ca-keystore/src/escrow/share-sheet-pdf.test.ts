import { execFileSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Secret } from '@rekey/secret'
import { findForTest } from '@rekey/testbed'
import jsQR from 'jsqr'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, freshPath, newRoot } from '../../test/ca.support.ts'
import {
  checkShare,
  createEscrow,
  renderSharePdf,
  type CustodianShare,
  parseEscrowSet,
} from '../internal.ts'

const poppler = await findForTest('pdftoppm')
const pdftotext = () => join(dirname(realpathSync(poppler.path)), 'pdftotext')
/** Its types are those of its ES module, which it does not have. */
const readCode = jsQR as unknown as typeof jsQR.default

const MAX_BYTES = 16 * 1024 * 1024

/** A grey picture of a page: Netpbm P5. */
interface Picture {
  readonly width: number
  readonly height: number
  readonly grey: Buffer
}

/** Renders the page at 150 dots per inch, as a printer and a scanner would. */
function pictureOf(path: string): Picture {
  const image = execFileSync(poppler.path, ['-gray', '-r', '150', path], { maxBuffer: MAX_BYTES })
  const [head = '', width, height] = /^P5\s(\d+)\s(\d+)\s255\s/.exec(image.toString('latin1')) ?? []
  return { width: Number(width), height: Number(height), grey: image.subarray(head.length) }
}

function codeIn({ width, height, grey }: Picture) {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255)
  grey.forEach((value, at) => pixels.fill(value, at * 4, at * 4 + 3))
  return readCode(pixels, width, height)
}

const scan = (picture: Picture) => codeIn(picture)?.data

/** Blackens a square of the code; its places are 0 to 1 on both axes. */
function stained(picture: Picture, from: number, to: number): Picture {
  const { location } = codeIn(picture) ?? expect.fail('the code can be read')
  const { topLeftCorner, bottomRightCorner } = location
  const between = (axis: 'x' | 'y', part: number) =>
    Math.round(topLeftCorner[axis] + part * (bottomRightCorner[axis] - topLeftCorner[axis]))
  const grey = Buffer.from(picture.grey)
  for (let row = between('y', from); row < between('y', to); row += 1) {
    const start = row * picture.width
    grey.fill(0, start + between('x', from), start + between('x', to))
  }
  return { ...picture, grey }
}

describe.runIf(poppler.found)('the sheet of a custodian as PDF', () => {
  let shares: readonly CustodianShare[]
  let escrow: string
  const pages: string[] = []
  const check = (text: string, name = 'typed') =>
    checkShare({ escrow, share: { name, text: Secret.of(text, name) } })
  beforeAll(async () => {
    const { directory, passphrase: value } = await newRoot()
    await createEscrow({
      ...{ directory, passphrase: { value, origin: { kind: 'memory' } }, threshold: 2 },
      holders: ['Zoë (Šafář) "& Sons"', '张伟', 'Carol'.repeat(12)],
      deliver: (delivered, text) => {
        shares = delivered
        escrow = text
        return Promise.resolve()
      },
    })
    const folder = freshPath()
    await mkdir(folder)
    for (const share of shares) {
      const path = join(folder, `${share.index}.pdf`)
      await writeFile(path, renderSharePdf(share, parseEscrowSet(escrow)).expose(), { mode: 0o600 })
      pages.push(path)
    }
  })

  /** The lines that a custodian types from the page: without their numbers. */
  function linesOf(path: string): string[] {
    const text = execFileSync(pdftotext(), ['-layout', path, '-'], { encoding: 'utf8' })
    return Array.from(text.matchAll(/^ *\d+\. +(rk1.*?) *$/gm), ([, line = '']) => line)
  }

  it('has the code and the lines of the share, both as Poppler reads them', () => {
    for (const [at, share] of shares.entries()) {
      const path = pages[at] ?? ''
      const scanned = scan(pictureOf(path)) ?? ''
      expect(scanned).toBe(share.text.expose())
      expect(check(scanned)).toMatchObject({ holder: share.holder, index: share.index })
      expect(linesOf(path).join('\n')).toBe(share.text.expose())
    }
  })

  it('has the name of its custodian, with question marks for letters that its font lacks', () => {
    const read = (at: number) =>
      execFileSync(pdftotext(), ['-layout', pages[at] ?? '', '-'], { encoding: 'utf8' })
    expect(read(0)).toContain('Share 1 of 3, for Zoë (Šafá?) "& Sons"')
    expect(read(1)).toContain('Share 2 of 3, for ??')
    expect(read(2).replaceAll(/\s/g, '')).toContain('Carol'.repeat(12))
    expect(read(0)).toContain('rekey ca escrow check share.txt --escrow escrow.json')
  })

  it('K30: scans under a stain, and is typed from its lines where half of the code is unreadable', async () => {
    const [share] = shares
    const picture = pictureOf(pages[0] ?? '')
    expect(scan(stained(picture, 0.45, 0.6))).toBe(share?.text.expose())
    expect(scan(stained(picture, 0, 0.75))).toBeUndefined()
    const lines = linesOf(pages[0] ?? '')
    expect(check(lines.join('\n'))).toMatchObject({ index: 1 })
    const [, second = ''] = lines
    const typed = lines.with(1, `${second.slice(0, -1)}${second.endsWith('q') ? 'p' : 'q'}`)
    expect(await failureOf(() => check(typed.join('\n')))).toMatchObject({
      ...{ code: 'malformed', details: { share: 'typed', line: 2 } },
    })
  })

  it('shows no share of another custodian, and is ASCII', () => {
    for (const [at, { text }] of shares.entries()) {
      for (const other of pages.filter((_, page) => page !== at)) {
        for (const line of text.expose().split('\n')) expect(linesOf(other)).not.toContain(line)
      }
    }
    const [page = ''] = shares.map((share) =>
      renderSharePdf(share, parseEscrowSet(escrow)).expose(),
    )
    expect(page).toMatch(/^[\n\x20-\x7e]+$/)
  })
})
