import type { Node } from '../syntax/nodes.ts'
import { wordsOf } from '../naming/names.ts'
import { lastName } from '../syntax/paths.ts'
import { ancestorsOf, keyOf, propertiesOf } from '../syntax/syntax.ts'

/** Words that mark an example of how secrets look, or of what comes out of known ones. */
const EXAMPLE_WORDS: ReadonlySet<string> = new Set(
  'example examples sample samples fixture fixtures mock mocks fake dummy vector vectors documentation docs placeholder'.split(
    ' ',
  ),
)

/** Whether `node` stands in something that is called an example, a fixture or a test vector. */
export function isExample(node: Node): boolean {
  return [...ancestorsOf(node)].some((around) =>
    wordsOf(nameOf(around) ?? '').some((word) => EXAMPLE_WORDS.has(word)),
  )
}

function nameOf(node: Node): string | undefined {
  switch (node.type) {
    case 'VariableDeclarator':
      return lastName(node.id)
    case 'Property':
    case 'PropertyDefinition':
      return keyOf(node)
    case 'FunctionDeclaration':
      return node.id?.name
    default:
      return undefined
  }
}

/** Neighbours of the key in the configuration of a web app, or of its search. */
const WEB_APP_KEYS = [
  'authDomain',
  'projectId',
  'messagingSenderId',
  'appId',
  'storageBucket',
  'indexName',
]

/**
 * Whether `node` is the key of a Firebase web app, which only identifies the project of a page, and is sent to every
 * browser (https://firebase.google.com/docs/projects/api-keys), or the key by which a page searches at Algolia.
 */
export function isWebAppKey(node: Node): boolean {
  const object = node.parent?.parent
  if (object?.type !== 'ObjectExpression') return false
  return WEB_APP_KEYS.filter((key) => propertiesOf(object, key).length > 0).length >= 2
}
