import { $ } from 'zx'
export const login = (user: string, password: string) => $`docker login -u ${user} -p ${password}`
