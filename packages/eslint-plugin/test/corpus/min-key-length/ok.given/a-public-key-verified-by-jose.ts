import { importSPKI, jwtVerify } from 'jose'

export const verify = async (token: string, pem: string) =>
  jwtVerify(token, await importSPKI(pem, 'EdDSA'))
