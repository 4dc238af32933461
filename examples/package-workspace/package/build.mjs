// Makes one module of all in src/, with the version of the package and where it was built for at its top.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';

const { name, version } = JSON.parse(await readFile('package.json', 'utf8'));
const [out] = process.argv.slice(2);

const modules = (await readdir('src')).toSorted().toReversed();
const bodies = await Promise.all(modules.map((file) => readFile(`src/${file}`, 'utf8')));
const code = bodies.map((body) => body.replaceAll(/^import .*\n/gm, '').replaceAll(/^export const/gm, 'const'));

await mkdir(out, { recursive: true });
await writeFile(`${out}/${name}.js`, [`// ${name} ${version}, ${process.env.CHANNEL}`, ...code].join('\n'));
console.error(`made ${out}/${name}.js of ${modules.join(' and ')}`);
console.log(JSON.stringify({ out, modules }));
