import { posix } from 'node:path'
import type { Finding } from '../finding.ts'
import { readWorkFile } from '../work-tree.ts'
import { lineOfKey } from './lock-file.ts'

/** The scripts that `npm install` and `npm ci` run of the repository itself and of its workspaces (docs.npmjs.com, "Life Cycle Operation Order"). */
const LIFECYCLE: readonly string[] = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
]

/**
 * Finds the scripts that an installation runs of the repository itself and that `gate.json` does not approve word by word: they run on the
 * machines of its developers and of CI, with the secrets of these.
 *
 * @param approved the commands by their place: `{ "package.json#prepare": "husky" }`
 */
export async function checkOwnScripts(
  root: string,
  lock: string,
  approved: Readonly<Record<string, string>>,
): Promise<Finding[]> {
  const manifests = [
    'package.json',
    ...workspacesOf(lock).map((folder) => `${folder}/package.json`),
  ]
  const findings = await Promise.all(
    manifests.map(async (file) => {
      const text = (await readWorkFile(root, file)) ?? '{}'
      const { scripts = {} } = JSON.parse(text) as { scripts?: Readonly<Record<string, unknown>> }
      return LIFECYCLE.filter((name) => Object.hasOwn(scripts, name))
        .filter((name) => approved[`${file}#${name}`] !== scripts[name])
        .map((name) => ownScript(file, name, text))
    }),
  )
  return findings.flat()
}

function ownScript(file: string, name: string, text: string): Finding {
  return {
    check: 'dependencies',
    rule: 'own-script',
    where: { file, line: lineOfKey(text, name), part: `scripts.${name}` },
    why: 'npm runs it on every machine that installs the repository, and gate.json does not approve it as it is',
    fix: `read it, then approve it in gate.json: { "scripts": { "${file}#${name}": "THE COMMAND" } }; or have people run it by its name`,
  }
}

/** The folders of a workspace, as the lock links them. */
function workspacesOf(lock: string): string[] {
  const { packages = {} } = JSON.parse(lock) as {
    packages?: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>
  }
  return Object.values(packages)
    .flatMap(({ link, resolved }) => (link === true && resolved !== undefined ? [resolved] : []))
    .map((folder) => posix.normalize(folder))
    .filter((folder) => !/^(?:\/|\.\.|[a-z]+:)/i.test(folder))
}
