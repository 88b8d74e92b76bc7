export { type InstalledProject, installPackages } from './installed-project.ts'
export {
  folderOf,
  listEntries,
  type PackedPackage,
  PACKAGES,
  packPackages,
} from './packed-packages.ts'
export { openPackageRegistry, type PackageRegistry } from './package-registry.ts'
export { type ProgramRun, runProgram, succeed } from './run-program.ts'
