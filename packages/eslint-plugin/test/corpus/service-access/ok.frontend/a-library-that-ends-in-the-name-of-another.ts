import { sign } from 'jose/signing'
export default sign
