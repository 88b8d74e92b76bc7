export { issue, issueChain, type Issued, keyPem, type Wanted } from '@rekey/testbed/certificates'
