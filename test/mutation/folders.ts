/** Folders of the packages. */
const ROWS: readonly (readonly [name: string, folder: string, wanted: number])[] = [
  ['rekey', 'src/engine', 85],
  ['rekey', 'src/journal', 85],
  ['rekey', 'src/fleet', 80],
  ['rekey', 'src/console/door', 80],
  ['secret', 'src', 80],
  ['api-key-auth', 'src', 80],
  ['db-pool-rotator', 'src/roles', 80],
  ['db-pool-rotator', 'src/rotate', 80],
  ['audit-log', 'src', 80],
  ['log-redactor', 'src', 80],
  ['ca-keystore', 'src/envelope', 80],
  ['ca-keystore', 'src/escrow', 80],
  ['ca-keystore', 'src/crl', 80],
]

/** Folders of sources whose mutants are tried at night, and which share of them is to be killed, in percent. */
export const FOLDERS: ReadonlyMap<string, number> = new Map(
  ROWS.map(([name, folder, wanted]) => [['packages', name, folder].join('/'), wanted]),
)
