/**
 * Finds the definitions of services and generates `.env.example` and the JSON Schema of their settings: `rekey
 * generate`.
 *
 * @module
 */
export { findDrift, type GeneratedFile, generateFiles } from './generated-files.ts'
export {
  DefinitionError,
  listServiceFolders,
  listServices,
  loadServiceFolder,
  type LocatedDefinition,
} from './load-definition.ts'
