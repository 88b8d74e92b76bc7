/**
 * The formats and names of secrets, one source for redactor, gate and linter.
 *
 * @module
 */
export { FORMAT_MARKS, SECRET_FORMATS, type SecretFormat } from './formats.ts'
export { fillSample } from './sample.ts'
export {
  endsSecret,
  isHarmlessProperty,
  isSecretName,
  MAY_BE_SECRET,
  mayBeSecret,
  perName,
  SAFE_WORDS,
  words,
  wordsOf,
} from './secret-names.ts'
