export { findDrift, type GeneratedFile, generateFiles } from './generated-files.ts'
export {
  DefinitionError,
  findDefinitionFile,
  listServices,
  loadDefinition,
  loadServiceFolder,
  type LocatedDefinition,
} from './load-definition.ts'
