// The part of node-forge that is used; its index loads ten times as many files.
declare module 'node-forge/lib/asn1.js' {
  import { asn1 } from 'node-forge'
  export default asn1
}
