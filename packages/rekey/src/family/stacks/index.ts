/**
 * The file by which a stack that runs on this machine is found by the command line.
 *
 * @module
 */
export {
  createStackDirectory,
  findStack,
  publishStack,
  removeStackDirectory,
} from './stack-file.ts'
