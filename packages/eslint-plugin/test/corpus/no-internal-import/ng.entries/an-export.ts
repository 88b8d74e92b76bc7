export { readAll } from '@rekey/secret/internal/files'
