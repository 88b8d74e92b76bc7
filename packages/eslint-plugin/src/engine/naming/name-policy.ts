import type { Node, SourceCode } from '../syntax/nodes.ts'
import { isHandleName, wordsOf } from './names.ts'
import { pathOf } from '../syntax/paths.ts'
import { perFile } from '../per-file.ts'

/** Whether a secret name, of `node`, is one where the value goes. What is named `token` belongs into some answers. */
export type NamePolicy = (name: string, node: Node, source: SourceCode) => boolean

/** Files of parsers, whose tokens are pieces of text, and of challenges by ACME, whose tokens are public (RFC 8555, section 8.3). */
const PARSES = perFile(
  (_question: 'parses', { text }) =>
    /tokeni[sz]|lexer/i.test(text) || (/\bacme\b/i.test(text) && /challenge/i.test(text)),
)

const isBareToken = (name: string) => /^(?:get)?token$/.test(wordsOf(name).join(''))

/** Every secret name counts; but not `token` in a parser, and no `pageToken`. */
export const everyName: NamePolicy = (name, _node, source) =>
  !isHandleName(name) && !(isBareToken(name) && PARSES('parses', source))

/** In a URL the token of a page or of a list is where it belongs. */
export const namesInUrls: NamePolicy = (name, node, source) =>
  !isHandleName(name) && everyName(name, node, source)

/** Where errors are made, a bare `token` is mostly what was not expected there, and a bare `secret` the name of one. */
export const namesInErrors: NamePolicy = (name) =>
  !isHandleName(name) && !/^(?:get)?(?:token|secret)$/.test(wordsOf(name).join(''))

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

/** Where the texts of a page are kept, by what they are about. */
const TEXTS =
  /(?:^|[.$/])(?:t|tr|i18n|l10n|intl|dict(?:ionary)?|copy|lang(?:uage)?|locales?|\w*(?:strings|texts|translations?|messages|labels))(?:\(\))?\./i

/** On a page only what is never sent counts: settings that are shown there are public, often enough. */
export const namesOnPages: NamePolicy = (name, node, source) =>
  isNeverSent(name, node, source) && !TEXTS.test(pathOf(node, source) ?? '')

/** In a response only what is never sent counts, and what the service reads from its own settings. */
export const namesInResponses: NamePolicy = (name, node, source) => {
  if (SETTINGS.test(pathOf(node, source) ?? '')) return true
  return isNeverSent(name, node, source)
}

function isNeverSent(name: string, node: Node, source: SourceCode): boolean {
  return NEVER_SENT.test(wordsOf(name).join(' ')) && !MADE_HERE.test(pathOf(node, source) ?? '')
}
