import { secret } from '../../secret.ts'
export async function getServerSideProps() {
  return { props: { key: secret.expose() } }
}
