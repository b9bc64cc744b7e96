/* Lean's objects as JavaScript sees them: words in the memory of WebAssembly.

   What lean.h (of Lean 4.28) lays down for 32 bits: a reference count (positive: one thread's; negative: shared
   by threads; zero: for ever), 16 bits of size, a byte with the number of fields, a byte with the tag; then the
   fields, then scalars. An odd word is a small number or a constructor without fields, and no pointer.
   Functions take what they are given over, except where Lean's compiler inferred that they borrow. */
'use strict';

const TAG = 7, FIELDS = 8, STRING_SIZE = 8, STRING_TEXT = 20;
const ARRAY = 246, ARRAY_ITEMS = 16, NAME_STRING = 1;
const box = (n) => (n << 1) | 1;
const isBox = (p) => (p & 1) === 1;

class Objects {
  /** inside: what wasm_launcher.js got hold of in lean.js. */
  constructor(inside) {
    this.inside = inside;
    this.lean = inside.exports();
  }

  word(p) { return this.inside.words()[p >> 2]; }
  tag(p) { return this.inside.bytes()[p + TAG]; }
  field(p, i) { return this.word(p + FIELDS + 4 * i); }
  counts() { return new Int32Array(this.inside.words().buffer); }

  /** One owner more (lean_inc); gives the object back. */
  keep(p) {
    if (isBox(p)) return p;
    const counts = this.counts(), count = counts[p >> 2];
    if (count > 0) counts[p >> 2] = count + 1;
    else if (count < 0) Atomics.sub(counts, p >> 2, 1);
    return p;
  }

  /** One owner less (lean_dec). */
  drop(p) {
    if (isBox(p)) return;
    const counts = this.counts(), count = counts[p >> 2];
    if (count > 1) counts[p >> 2] = count - 1;
    else if (count !== 0) this.lean.lean_dec_ref_cold(p);
  }

  string(text) {
    const bytes = Buffer.from(text, 'utf8'), at = this.lean.malloc(bytes.length + 1);
    if (at === 0) throw new Error('no memory for a text');
    this.inside.bytes().set(bytes, at);
    this.inside.bytes()[at + bytes.length] = 0;
    const made = this.lean.lean_mk_string_unchecked(at, bytes.length, [...text].length);
    this.lean.free(at);
    return made;
  }

  text(p) {
    const size = this.word(p + STRING_SIZE);  // the closing NUL included
    return Buffer.from(this.inside.bytes().slice(p + STRING_TEXT, p + STRING_TEXT + size - 1)).toString('utf8');
  }

  constructorOf(tag, fields, scalars = []) {
    const size = FIELDS + 4 * fields.length + scalars.length, at = this.lean.lean_alloc_object((size + 7) & ~7);
    const words = this.inside.words(), bytes = this.inside.bytes();
    words[at >> 2] = 1;
    bytes.set([size & 255, size >> 8, fields.length, tag], at + 4);
    fields.forEach((field, i) => { words[((at + FIELDS) >> 2) + i] = field; });
    bytes.set(scalars, at + FIELDS + 4 * fields.length);
    return at;
  }

  array(items) {
    return this.lean.lean_array_mk(items.reduceRight((rest, item) => this.constructorOf(1, [item, rest]), box(0)));
  }

  /** The items of a List, still owned by it. */
  items(list) {
    const found = [];
    for (; !isBox(list); list = this.field(list, 1)) found.push(this.field(list, 0));
    return found;
  }

  /** The items of an Array, still owned by it. */
  elements(array) {
    if (this.tag(array) !== ARRAY) throw new Error('no array');
    return Array.from({ length: this.word(array + FIELDS) }, (_, i) => this.word(array + ARRAY_ITEMS + 4 * i));
  }

  /** A Name as text. */
  dotted(name) {
    if (isBox(name)) return '';
    const before = this.dotted(this.field(name, 0)), last = this.field(name, 1);
    return (before && before + '.') + (this.tag(name) === NAME_STRING ? this.text(last) : last >>> 1);
  }

  name(dotted) {
    return dotted.split('.').reduce((before, part) => this.lean.lean_name_mk_string(before, this.string(part)), box(0));
  }

  /** What an IO function gave; takes its result over. */
  result(p) {
    const inner = this.keep(this.field(p, 0)), fine = this.tag(p) === 0;
    this.drop(p);
    if (fine) return inner;
    throw new Error(this.text(this.lean.lean_io_error_to_string(inner)));
  }
}

module.exports = { Objects, box };
