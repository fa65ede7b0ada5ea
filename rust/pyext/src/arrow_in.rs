//! Tables from any library that speaks the Arrow `PyCapsule` interface.

use std::ffi::CStr;
use std::ptr::NonNull;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{Array, RecordBatch, RecordBatchReader, StructArray};
use arrow_data::ArrayData;
use arrow_schema::{ArrowError, DataType};
use hashstress_tables::input::Source;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::guard::caught;

/// The table behind an object, or why it cannot be read. An error is an interrupt, not a bad table.
pub(crate) fn source(object: &Bound<'_, PyAny>) -> PyResult<Result<Source, String>> {
    let py = object.py();
    let read = if object.hasattr("__arrow_c_stream__")? {
        stream(object).map(|reader| py.detach(|| caught(|| collect(reader))))
    } else if object.hasattr("__arrow_c_array__")? {
        array(object).map(|data| py.detach(|| caught(|| single(data))))
    } else {
        return Ok(Err(format!("{} has neither __arrow_c_stream__ nor __arrow_c_array__", object.get_type())));
    };
    match read {
        Err(error) if !error.is_instance_of::<PyException>(py) => Err(error),
        Err(error) => Ok(Err(format!("reading it failed with {error}"))),
        Ok(Err(panic)) => Ok(Err(format!("its Arrow data contradicts itself: {panic}"))),
        Ok(Ok(read)) => Ok(read.map_err(|error| format!("reading it failed: {error}"))),
    }
}

/// The C struct a capsule holds.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<NonNull<T>> {
    Ok(capsule.cast::<PyCapsule>()?.pointer_checked(Some(name))?.cast())
}

fn stream(object: &Bound<'_, PyAny>) -> PyResult<Result<RecordBatchStreamReader, ArrowError>> {
    let capsule = object.call_method0("__arrow_c_stream__")?;
    let stream = pointer(&capsule, c"arrow_array_stream")?;
    // SAFETY: a capsule of this name holds an initialised `ArrowArrayStream`, and stays alive during the call, which moves the stream out
    // and leaves a released one behind.
    Ok(unsafe { RecordBatchStreamReader::from_raw(stream.as_ptr()) })
}

fn collect(reader: Result<RecordBatchStreamReader, ArrowError>) -> Result<Source, ArrowError> {
    let reader = reader?;
    let schema = reader.schema();
    let batches = reader.map(|batch| batch.and_then(validated)).collect::<Result<_, _>>()?;
    Ok(Source { schema, batches })
}

fn array(object: &Bound<'_, PyAny>) -> PyResult<Result<ArrayData, ArrowError>> {
    let capsules = object.call_method0("__arrow_c_array__")?.cast_into::<PyTuple>()?;
    let (schema, array) = (capsules.get_item(0)?, capsules.get_item(1)?);
    let schema = pointer::<FFI_ArrowSchema>(&schema, c"arrow_schema")?;
    let array = pointer::<FFI_ArrowArray>(&array, c"arrow_array")?;
    // SAFETY: capsules of these names hold initialised structs and stay alive during this function; `from_raw` moves the array out, the
    // schema is only borrowed. The producer vouches for its buffers, as the interface demands; what is in them is validated later.
    Ok(unsafe { from_ffi(FFI_ArrowArray::from_raw(array.as_ptr()), schema.as_ref()) })
}

fn single(data: Result<ArrayData, ArrowError>) -> Result<Source, ArrowError> {
    let data = data?;
    data.validate_full()?;
    if !matches!(data.data_type(), DataType::Struct(_)) || data.null_count() > 0 {
        return Err(ArrowError::CDataInterface(format!("a record batch is needed, not an array of type {}", data.data_type())));
    }
    let batch = RecordBatch::from(StructArray::from(data));
    Ok(Source { schema: batch.schema(), batches: vec![batch] })
}

/// Every value checked: offsets, text encoding, dictionary keys. The interface itself checks nothing.
fn validated(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    batch.columns().iter().try_for_each(|column| column.to_data().validate_full())?;
    Ok(batch)
}
