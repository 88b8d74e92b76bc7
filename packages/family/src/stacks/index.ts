export {
  createStackDirectory,
  findStack,
  publishStack,
  removeStackDirectory,
} from './stack-file.ts'
