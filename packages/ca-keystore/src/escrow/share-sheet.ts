import { encodeQR } from 'qr'
import { Secret } from '@rekey/secret'
import { type EscrowSet, spkiDigest } from './escrow-set.ts'
import { pageOfPdf, type Rectangle, wrapped } from './pdf-page.ts'
import type { CustodianShare } from './split-secret.ts'

/** Modules around a code that stay white (ISO/IEC 18004, "quiet zone"). */
const QUIET_ZONE = 4

/** The content of a sheet. */
interface Sheet {
  readonly title: string
  readonly purpose: string
  readonly facts: readonly (readonly [name: string, value: string])[]
  readonly code: Code
  readonly lines: readonly string[]
  readonly use: string
}

/** A QR code as runs of black modules: a row has one rectangle for each. */
interface Code {
  /** Modules of a side, with the quiet zone. */
  readonly size: number
  readonly runs: readonly { readonly x: number; readonly y: number; readonly length: number }[]
}

function sheetOf({ holder, index, text }: CustodianShare, set: EscrowSet): Sheet {
  const { threshold, custodians, created, authority } = set
  const count = custodians.length
  return {
    title: `Share ${index} of ${count}, for ${holder}`,
    purpose:
      `${threshold} of the ${count} shares of this set together recover a CA key. Fewer reveal nothing. Keep this sheet where ${holder} ` +
      'alone can see it and take it, and report at once if that is no longer so.',
    facts: [
      ['Set', set.set],
      ['Made on', created],
      ['CA key', `generation ${authority.generation}, ${authority.id}`],
      ['SHA-256 of its public key', spkiDigest(set)],
    ],
    code: codeOf(text),
    lines: text.expose().split('\n'),
    use:
      'To check it alone, type the lines (or scan the code) into a file, on a machine without a network: ' +
      'rekey ca escrow check share.txt --escrow escrow.json. A mistyped line is named. To recover, ' +
      `${threshold} custodians bring their sheets to the newest backup: rekey ca restore with one --share for each.`,
  }
}

/** Points (1/72 inch) of the page: its left edge of text, and the most of a code. */
const [LEFT, CODE_SIDE] = [57, 198]

/**
 * Renders the sheet of a custodian as a PDF of one A4 page: the lines of the share, each with its checksum, the same as a QR code of level Q,
 * which can be read while a quarter of it is damaged, and what it is for. It has no compression, no metadata and no font of its own: letters
 * that Latin-1 and its extension of Windows lack are printed as question marks.
 *
 * @param share with its text, which makes the page as secret as the share
 * @param set the set that the share is of
 * @returns the file, in ASCII
 *
 * @example
 * ```ts
 * const deliver: EscrowCeremony['deliver'] = async (shares, escrow) => {
 *   const sheets = shares.map((share) => renderSharePdf(share, parseEscrowSet(escrow)))
 *   await printSheets(sheets)
 * }
 * ```
 */
export function renderSharePdf(share: CustodianShare, set: EscrowSet): Secret {
  const { title, purpose, facts, code, lines, use } = sheetOf(share, set)
  let top = 785
  const next = (points: number) => (top -= points)
  const written = (text: string, size: number) =>
    wrapped(text, size).map((line) => ({ x: LEFT, y: next(size * 1.5), size, text: line }))
  const numbered = lines.map((line, at) => `${at + 1}.`.padEnd(5) + line)
  const head = [
    ...written(title, 14),
    ...written(purpose, 9),
    ...facts.flatMap(([name, value]) => written(`${name.padEnd(27)}${value}`, 8)),
  ]
  const module = CODE_SIDE / code.size
  const codeTop = next(6)
  next(CODE_SIDE)
  const rectangles = code.runs.map(({ x, y, length }): Rectangle => ({
    x: LEFT + x * module,
    y: codeTop - (y + 1) * module,
    width: length * module,
    height: module,
  }))
  const texts = [...head, ...numbered.flatMap((line) => written(line, 12)), ...written(use, 9)]
  return Secret.of(pageOfPdf(texts, rectangles), 'sheet of a share', { announced: false })
}

function codeOf(text: Secret): Code {
  const rows = encodeQR(text.expose(), 'raw', { ecc: 'quartile', border: QUIET_ZONE })
  const runs = rows.flatMap((row, y) => runsOf(row).map(([x, length]) => ({ x, y, length })))
  return { size: rows.length, runs }
}

/** The runs of black modules of a row: where each begins, and its length. */
function runsOf(row: readonly boolean[]): [start: number, length: number][] {
  const runs: [number, number][] = []
  row.forEach((isBlack, x) => {
    const last = runs.at(-1)
    if (!isBlack) return
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1
    else runs.push([x, 1])
  })
  return runs
}
