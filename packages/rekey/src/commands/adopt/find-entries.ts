import { posix } from 'node:path'
import type { Survey } from './survey.ts'

/** Where a repository starts: files into which a line is put, or a hook of a framework. */
export interface Entries {
  /** Files with code, by the scripts that start them. */
  readonly files: readonly string[]
  /** The folder in which Next.js looks for `instrumentation`: https://nextjs.org/docs/app/guides/instrumentation. */
  readonly nextFolder?: string
}

/** Scripts that start what is deployed, and none that builds, tests or watches. */
const STARTS =
  /^(?:start|serve|worker|web|api|server)(?::(?:prod|production|server|worker|web|api))?$/
const RUNNERS =
  /^(?:node|nodejs|tsx|ts-node(?:-esm|-dev)?|nodemon|bun|babel-node|pm2|pm2-runtime|start|run|npx|env|exec|cross-env|dotenv|--)$/
/** Options whose value is the next word. */
const WITH_VALUE =
  /^(?:-r|--require|--import|--loader|--experimental-loader|--env-file|-P|--project|-w|--watch-path|-e|--ext|-l|--name|-i)$/
const USUAL = [
  'src/main',
  'src/index',
  'src/server',
  'src/app',
  'server',
  'main',
  'index',
  'app',
  'bin/www',
]
const ENDINGS = [
  '',
  '.ts',
  '.mts',
  '.cts',
  '.js',
  '.mjs',
  '.cjs',
  '/index.ts',
  '/index.js',
  '/index.mjs',
]
const BUILT = /^(?:dist|build|lib|out)\//

/** Finds the files that start a repository: those of its start scripts, or else of its commands, its `main`, or the usual names. */
export function findEntries({ manifest, code }: Pick<Survey, 'manifest' | 'code'>): Entries {
  const { scripts, bins, main } = manifest
  const resolve = (path: string) => resolveEntry(path, code)
  const commands = Object.entries(scripts).filter(([name]) => STARTS.test(name))
  if (manifest.ranges.has('next') && !commands.some(([, text]) => startsOwnServer(text, resolve))) {
    const isInSrc = [...code.keys()].some((path) => /^src\/(?:app|pages)\//.test(path))
    return { files: [], nextFolder: isInSrc ? 'src' : '.' }
  }
  const ways = [
    commands.flatMap(([, text]) => filesOf(text)),
    bins,
    main === undefined ? [] : [main],
    USUAL,
  ]
  for (const way of ways) {
    const files = way.map(resolve).filter((file) => file !== undefined)
    if (files.length > 0) return { files: way === USUAL ? files.slice(0, 1) : [...new Set(files)] }
  }
  return { files: [] }
}

function startsOwnServer(text: string, resolve: (path: string) => string | undefined): boolean {
  return !/\bnext\s+(?:start|dev)\b/.test(text) && filesOf(text).some((file) => resolve(file))
}

/** The files that the commands of a script run. */
function filesOf(script: string): string[] {
  return script.split(/&&|\|\||[;|&]/).flatMap((command) => {
    const words = command.trim().split(/\s+/)
    if (words[0] === 'nest') return ['src/main']
    if (words[0] === 'fastify') return words.filter((word) => /\.[cm]?[jt]s$/.test(word)).slice(-1)
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at] ?? ''
      if (WITH_VALUE.test(word)) at += 1
      else if (!/^-|^\w+=/.test(word) && !RUNNERS.test(word)) return at === 0 ? [] : [word]
    }
    return []
  })
}

/** The source of a path, which may leave out its ending or be that of a built file. */
function resolveEntry(path: string, code: Survey['code']): string | undefined {
  const plain = posix.normalize(path.replace(/^\.\//, ''))
  const bare = plain.replace(/\.[cm]?js$/, '')
  const source = bare.replace(BUILT, '')
  // What is built is written anew from its source.
  const written = source.startsWith('src/') ? source : `src/${source}`
  const starts = BUILT.test(plain) ? [written, plain, bare, source] : [plain, bare]
  for (const start of starts) {
    const found = ENDINGS.map((ending) => `${start}${ending}`).find((name) => code.has(name))
    if (found !== undefined) return found
  }
  return undefined
}
