export { findDrift, type GeneratedFile, generateFiles } from './generated-files.ts'
export { DefinitionError, loadDefinition } from './load-definition.ts'
export { listServices, loadServiceFolder, type LocatedDefinition } from './service-folders.ts'
