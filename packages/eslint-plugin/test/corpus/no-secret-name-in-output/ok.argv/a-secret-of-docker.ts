import { $ } from 'zx'
export const build = (secretId: string) => $`docker build --secret id=${secretId} .`
