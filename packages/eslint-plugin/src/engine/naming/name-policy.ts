import type { Node, SourceCode } from '../syntax/nodes.ts'
import { wordsOf } from './names.ts'
import { pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'

/** Whether a secret name, of `node`, is one where the value goes. What is named `token` belongs into some answers. */
export type NamePolicy = (name: string, node: Node, source: SourceCode) => boolean

/** Files of parsers, whose tokens are pieces of text. */
const PARSES = perFile((_question: 'parses', { text }) => /tokeni[sz]|lexer/i.test(text))

const isBareToken = (name: string) => /^(?:get)?token$/.test(wordsOf(name).join(''))

/** Every secret name counts; but not `token` in a parser. */
export const everyName: NamePolicy = (name, _node, source) =>
  !(isBareToken(name) && PARSES('parses', source))

/** Where errors are made, a bare `token` is mostly what was not expected there, and a bare `secret` the name of one. */
export const namesInErrors: NamePolicy = (name) =>
  !/^(?:get)?(?:token|secret)$/.test(wordsOf(name).join(''))

/** Names of what is never meant for a requester. Tokens, codes and new keys are, often enough. */
const NEVER_SENT =
  /(?:password|passwd|pwd|passphrase|client ?secret|(?:private|signing|encryption|master) ?key|connection string|database url)s?(?: (?:value|text|string|plain|hex|base64))?$/

/** Whether `node` reads one of the program's own settings. */
export function isSetting(node: Node, source: SourceCode): boolean {
  return SETTINGS.test(pathOf(node, source) ?? '')
}

/** Where the program's own settings are read. */
const SETTINGS =
  /^process\.env\.|(?:^|[./$_])(?:config|configuration|settings|secrets|env|environment)\b/i

/** A value made just now is mostly made for the requester. */
const MADE_HERE = /(?:^|\.)(?:generate|create|make|random|issue|new)\w*\(\)/i

/** In a response only what is never sent counts, and what the service reads from its own settings. */
export const namesInResponses: NamePolicy = (name, node, source) => {
  const path = pathOf(node, source) ?? ''
  if (SETTINGS.test(path)) return true
  return NEVER_SENT.test(wordsOf(name).join(' ')) && !MADE_HERE.test(path)
}
