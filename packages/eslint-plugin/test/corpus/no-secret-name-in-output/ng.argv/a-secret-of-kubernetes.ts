import { execaCommand } from 'execa'
export const create = (dbPassword: string) =>
  execaCommand(`kubectl create secret generic db --from-literal=password=${dbPassword}`)
