import { basename, join } from 'node:path'
import { ESLint, type Linter } from 'eslint'
import { plantCode, type PlantedLeak } from './planted-code.ts'

const ERROR = 2

/** Rules that let the entry of a process do what they are about. */
const ENTRY_RULES: readonly string[] = ['@rekey/no-raw-env']
const ENTRY = /^main\.[cm]?[jt]sx?$/

/** Files that one configuration applies to. */
export interface ConfiguredFiles {
  /** Nothing if ESLint ignores the files. */
  readonly config: Linter.Config | undefined
  readonly files: readonly string[]
}

/** Lints planted code in place of real code. */
export interface PlantingLinter {
  /** Groups `files` of the work tree by their configuration. */
  readonly group: (files: readonly string[]) => Promise<readonly ConfiguredFiles[]>
  /** The leaks that are reported in none of `files`, which have one configuration, by an error of their rule. */
  readonly findMissed: (
    files: readonly string[],
    rules: readonly string[],
  ) => Promise<readonly PlantedLeak[]>
}

/**
 * Opens ESLint with the configuration of `root`, for code that stands in place of the text of a real file: its processors, overrides,
 * plugins, settings and options apply. Only `rules` run, without types, which they do not need for what is planted: a program of
 * types takes seconds.
 */
export function openPlantingLinter(root: string, rules: readonly string[]): PlantingLinter {
  const eslint = new ESLint({
    cwd: root,
    allowInlineConfig: false,
    ruleFilter: ({ ruleId }) => rules.includes(ruleId),
    overrideConfig: {
      languageOptions: { parserOptions: { project: null, projectService: false, programs: null } },
    },
  })
  return {
    async group(files) {
      const groups = new Map<unknown, string[]>()
      for (const file of files) {
        // ESLint gives files that the same parts of a configuration match the same object.
        const config: unknown = await eslint.calculateConfigForFile(join(root, file))
        const group = groups.get(config)
        if (group === undefined) groups.set(config, [file])
        else group.push(file)
      }
      return [...groups].map(([config, grouped]) => ({
        config: config as Linter.Config | undefined,
        files: grouped,
      }))
    },
    async findMissed(files, wanted) {
      const places = files.filter((file) => !ENTRY.test(basename(file)))
      const isEntry = places.length === 0
      const planted = isEntry ? wanted.filter((rule) => !ENTRY_RULES.includes(rule)) : wanted
      let missed: readonly PlantedLeak[] | undefined
      for (const file of placesIn(isEntry ? files : places)) {
        const { text, leaks } = plantCode(file, planted)
        const results = await eslint.lintText(text, { filePath: join(root, file) })
        const errors = results
          .flatMap(({ messages }) => messages)
          .filter(({ severity }) => severity === ERROR)
        const unseen = leaks.filter(
          ({ rule, line }) => !errors.some((error) => error.ruleId === rule && error.line === line),
        )
        const before = missed ?? unseen
        missed = before.filter(({ shown }) => unseen.some((leak) => leak.shown === shown))
        if (missed.length === 0) break
      }
      return missed ?? []
    },
  }
}

/** Two files that have little to do with each other, since an option may except one; and one of them again: a secret that is drawn by lot may look like none. */
function placesIn([first = '', ...others]: readonly string[]): readonly string[] {
  return [first, others.at(-1) ?? first, first]
}
