// The first import of the signer process: whatever that prints is masked, the code included that is loaded after this.
import '@rekey/log-redactor/register'
import { createRedactor } from '@rekey/log-redactor'

// By its form too, other than in a program that may print a key on purpose: of one that OpenSSL holds there is no value to compare with.
createRedactor({ secrets: [] })
