export { clientCertificate } from './client-certificate.ts'
export { openSpiffeSource, type SpiffeSource, type SpiffeSourceOptions } from './spiffe-source.ts'
