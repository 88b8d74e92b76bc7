import { encodeQR } from 'qr'
import { Secret } from '@rekey/secret'
import { type EscrowSet, spkiDigest } from './escrow-set.ts'
import type { CustodianShare } from './split-secret.ts'

/** Modules around a code that stay white (ISO/IEC 18004, "quiet zone"). */
const QUIET_ZONE = 4

const STYLE = `
  @page { size: A4; margin: 20mm }
  body { font: 11pt/1.5 sans-serif; max-width: 170mm; margin: 0 auto; color: #000; background: #fff }
  svg { width: 70mm; height: 70mm; shape-rendering: crispEdges }
  ol { font: 12pt/2 monospace; break-inside: avoid }
  th { text-align: left; padding-right: 1em; font-weight: normal }
`

/**
 * Renders the sheet of a custodian as one page of HTML for a printer: the lines of the share, each with its checksum, the same as a QR code of
 * level Q, which can be read while a quarter of it is damaged, and what it is for. It loads nothing.
 *
 * @param share with its text, which makes the page as secret as the share
 * @param set the set that the share is of
 *
 * @example
 * ```ts
 * const deliver: EscrowCeremony['deliver'] = async (shares, escrow) => {
 *   const sheets = shares.map((share) => renderShareSheet(share, parseEscrowSet(escrow)))
 *   await printSheets(sheets)
 * }
 * ```
 */
export function renderShareSheet(share: CustodianShare, set: EscrowSet): Secret {
  const lines = share.text.expose().split('\n')
  const { threshold, custodians, created } = set
  const [holder, count] = [escaped(share.holder), custodians.length]
  const title = `Share ${share.index} of ${count}, for ${holder}`
  const facts = [
    ['Set', set.set],
    ['Made on', created],
    ['CA key', `generation ${set.authority.generation}, ${set.authority.id}`],
    ['SHA-256 of its public key', spkiDigest(set)],
  ].map(([name, value]) => `<tr><th>${name}</th><td>${value}</td></tr>`)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
<p>${threshold} of the ${count} shares of this set together recover a CA key. Fewer reveal nothing. Keep this sheet where ${holder} alone
can see it and take it, and report at once if that is no longer so.</p>
<table>${facts.join('')}</table>
${codeOf(share.text)}
<ol>${lines.map((line) => `<li>${line}</li>`).join('')}</ol>
<p>To check it alone, type the lines (or scan the code) into a file, on a machine without a network:
<code>rekey ca escrow check share.txt --escrow escrow.json</code>. A mistyped line is named. To recover, ${threshold} custodians
bring their sheets to the newest backup: <code>rekey ca restore</code> with one <code>--share</code> for each.</p>
</html>
`
  return Secret.of(page, 'sheet of a share')
}

/** One path of squares: a row of black modules is one rectangle. */
function codeOf(text: Secret): string {
  const rows = encodeQR(text.expose(), 'raw', { ecc: 'quartile', border: QUIET_ZONE })
  const path = rows.flatMap((row, y) => runsOf(row).map(([x, n]) => `M${x} ${y}h${n}v1h-${n}z`))
  const size = rows.length
  return `<svg viewBox="0 0 ${size} ${size}" role="img" aria-label="The lines below as a QR code"><path d="${path.join('')}"/></svg>`
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

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? '')
}
