import internal from '@acme/tools/internal'
export default internal
