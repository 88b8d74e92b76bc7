import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
} from '@microsoft/api-extractor'
import { type Entry, findEntries } from '../find-entries.ts'

const REPORT = 'entry.api.md'
const QUIET = { default: { logLevel: ExtractorLogLevel.None } }
/** Marks of API Extractor that are on each declaration, or on each without a docstring. */
const MARK =
  /^ *\/\/ (?:@public(?: \(undocumented\))?|\(undocumented\)|\(No @packageDocumentation .*)\n/gm

/**
 * Writes the API of each package of the repository at `root` into `folder`, one file a package: the names that its public entries
 * export, with their signatures, in a stable order.
 *
 * @throws {Error} if a package is not built
 */
export async function writeReports(root: string, folder: string): Promise<void> {
  const entries = findEntries(root)
  const missing = entries.find(({ types }) => !existsSync(types))
  if (missing !== undefined) throw new Error(`${missing.types} is not there: run npm run build`)
  const scratch = await mkdtemp(join(tmpdir(), 'rekey-api-'))
  try {
    const configs = entries.map((entry) => ({ entry, config: configOf(entry, scratch) }))
    const [first] = configs
    if (first === undefined) throw new Error(`${root} has no package with an entry`)
    const additionalEntryPoints = entries.map(({ types }) => types)
    const compilerState = CompilerState.create(first.config, { additionalEntryPoints })
    const reports = new Map<string, string>()
    for (const { entry, config } of configs) {
      const options = { compilerState, localBuild: true }
      Extractor.invoke(config, {
        ...options,
        messageCallback: (message) => (message.handled = true),
      })
      const text = await readFile(join(scratch, REPORT), 'utf8')
      const before = reports.get(entry.folder) ?? HEAD
      reports.set(entry.folder, `${before}\n## ${entry.name}\n\n${signaturesIn(text)}`)
    }
    await mkdir(folder, { recursive: true })
    for (const [path, text] of reports)
      await writeFile(join(folder, `${basename(path)}.api.md`), text)
  } finally {
    await rm(scratch, { recursive: true })
  }
}

const HEAD = '<!-- Written by npm run api. -->\n'

function configOf({ folder, types }: Entry, scratch: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      newlineKind: 'lf',
      mainEntryPointFilePath: types,
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2023',
            lib: ['es2023', 'esnext.disposable'],
            types: ['node'],
            strict: true,
            skipLibCheck: true,
          },
          files: [types],
        },
      },
      apiReport: {
        enabled: true,
        includeForgottenExports: false,
        reportFileName: REPORT,
        reportFolder: scratch,
        reportTempFolder: join(scratch, 'temporary'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: QUIET,
        extractorMessageReporting: QUIET,
        tsdocMessageReporting: QUIET,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  })
}

function signaturesIn(report: string): string {
  const [, signatures = ''] = /^```ts\n(.*)^```/ms.exec(report) ?? []
  return `\`\`\`ts\n${signatures.replaceAll(MARK, '').trim()}\n\`\`\`\n`
}
