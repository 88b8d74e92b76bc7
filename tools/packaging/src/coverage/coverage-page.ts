const PARTS = ['statements', 'branches', 'functions', 'lines'] as const

/** How much of each part of a package its tests reach, in percent, as Istanbul's `json-summary` has it. */
export type Coverage = Readonly<Record<(typeof PARTS)[number], { readonly pct: number }>>

/** A measurement of one package. */
export interface Measured {
  readonly lanes: readonly string[]
  readonly coverage: Coverage
  /** When, and by what: `2026-11-30, Node.js 22.23.3`. */
  readonly by: string
}

const HEAD = `# Coverage

How much of its own sources the tests of a package reach, in percent, by V8. \`npm run coverage -- PACKAGE\` measures one and writes its row; a
workflow measures all each night, with the servers, and shows the page. What tests of other packages reach is not counted, nor
what runs in a process or a worker thread that a test starts: more is tested than this shows.

| package | lanes | ${PARTS.join(' | ')} | measured |
| --- | --- | ---: | ---: | ---: | ---: | --- |
`

/** Writes the page: of each package what is measured now, else its row on the page before, if it has one. */
export function coveragePage(
  packages: readonly string[],
  measured: ReadonlyMap<string, Measured>,
  before: string,
): string {
  const old = new Map(
    Array.from(before.matchAll(/^\| (\S+) \|.*\|$/gm), ([row, name]) => [name, row]),
  )
  const rows = packages.map((name) => {
    const now = measured.get(name)
    return now === undefined ? (old.get(name) ?? rowOf(name)) : rowOf(name, now)
  })
  return `${HEAD}${rows.join('\n')}\n`
}

function rowOf(name: string, measured?: Measured): string {
  const shares = PARTS.map((part) => measured?.coverage[part].pct.toFixed(1) ?? '-')
  const lanes = measured?.lanes.join(', ') ?? '-'
  return `| ${[name, lanes, ...shares, measured?.by ?? 'not measured'].join(' | ')} |`
}
