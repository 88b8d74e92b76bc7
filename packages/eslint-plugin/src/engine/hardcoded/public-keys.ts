import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { propertiesOf } from '../syntax/syntax.ts'

/** Neighbours of the key in the configuration of a web app. */
const WEB_APP_KEYS = ['authDomain', 'projectId', 'messagingSenderId', 'appId', 'storageBucket']

/**
 * Whether `node` is the key of a Firebase web app, which only identifies the project of a page, and is sent to every
 * browser (https://firebase.google.com/docs/projects/api-keys).
 */
export function isWebAppKey(node: TSESTree.Node): boolean {
  const object = node.parent?.parent
  if (object?.type !== AST_NODE_TYPES.ObjectExpression) return false
  return WEB_APP_KEYS.filter((key) => propertiesOf(object, key).length > 0).length >= 2
}
