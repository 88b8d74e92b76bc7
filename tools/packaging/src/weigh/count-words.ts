import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles } from './code.ts'

const PAGE = /^(?:[A-Z]+\.md|(?:docs|deploy)\/.*\.md|packages\/[^/]+\/(?:README\.md|docs\/.*\.md))$/
/** Pages that a command writes. */
const WRITTEN =
  /^docs\/(?:reference\/(?:api\/|(?:cli|leak-scoreboard|protocol)\.md)|runbooks\/rotation\/)/

/** Counts the words of the documentation of the repository at `root` that is in git. */
export function countWords(root: string) {
  const pages = listFiles(root).filter((path) => PAGE.test(path))
  const wordsOf = (written: boolean) =>
    pages
      .filter((path) => WRITTEN.test(path) === written)
      .flatMap((path) => readFileSync(join(root, path), 'utf8').split(/\s+/))
      .filter((word) => /[\p{L}\p{N}]/u.test(word)).length
  return {
    'words of documentation by hand': wordsOf(false),
    'words of documentation that a command writes': wordsOf(true),
  }
}
