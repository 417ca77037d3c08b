import { singleFile } from '../../tooling/tsup/single-file.js'

export default singleFile('piccolo-agent', 'src/piccolo-agent.ts')
