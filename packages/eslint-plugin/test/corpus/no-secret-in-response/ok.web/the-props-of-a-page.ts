import { secret } from '../../secret.ts'
declare function load(key: string): Promise<{ id: number }[]>
export async function getServerSideProps() {
  const items = await load(secret.expose())
  return { props: { items } }
}
