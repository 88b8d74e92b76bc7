import { ec as EC } from 'elliptic'

export const curve = new EC('p192')
