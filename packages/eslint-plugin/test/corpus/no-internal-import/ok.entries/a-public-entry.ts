export { rotate } from '@rekey/rekey/engine'
